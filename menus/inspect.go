package menus

import "slices"

// inspect finds what is wrong with a question, in a form or of an ask node; names are those asked before it.
func (q *Question) inspect(r *report, node string, names map[string]bool) {
	what := node + ": " + q.Name
	if q.Name == "" || names[q.Name] {
		r.add(q.at, "%s: every question needs a name of its own, not %q", node, q.Name)
	}
	names[q.Name] = true
	if !slices.Contains(AnswerTypes, q.Type) {
		r.add(q.at, "%s: %q is no type of answer", what, q.Type)
	}
	if q.Optional && (q.Type == TypeNumber || q.Type == TypeYear || q.Type == TypeDigits || q.chosen()) {
		r.add(q.at, "%s: %s cannot be optional: 1 would be an answer; give it an option of its own", what, q.Type)
	}
	q.inspectRange(r, what, names)
	q.inspectParts(r, what, names)
	values := map[string]bool{}
	for i := range q.Options {
		if value := q.Options[i].Value; value == "" || values[value] {
			r.add(q.at, "%s: every option needs a value of its own, not %q", what, value)
		}
		values[q.Options[i].Value] = true
		r.label(q.at, what+": option "+q.Options[i].Value, q.Options[i].Label)
	}
}

// inspectWords finds what is wrong with the wording of a question in a form; an ask node has a title of its own.
func (q *Question) inspectWords(r *report, node string) {
	if q.Type == TypePIN { // the engine's own words
		return
	}
	r.wording(q.at, node+": "+q.Name+": label", q.Label)
	r.wording(q.at, node+": "+q.Name+": title", q.Title)
}

func (q *Question) inspectRange(r *report, what string, names map[string]bool) {
	switch q.Type {
	case TypeDigits, TypeNumber:
		if q.Min < 1 || q.Max < q.Min {
			r.add(q.at, "%s: min and max must be given, from 1 up", what)
		}
		if q.Type == TypeNumber && q.Min <= 99 && q.Max >= 99 {
			r.add(q.at, "%s: 99 is the key for more, it can be no answer", what)
		}
		if q.Type == TypeDigits && q.Min < 4 {
			r.add(q.at, "%s: fewer than four digits could be 0, 00, 99 or 000, which are keys", what)
		}
	case TypeText:
		if q.Max < 1 || q.Max > MaxInput {
			r.add(q.at, "%s: max must be between 1 and %d characters", what, MaxInput)
		}
	case TypeDate:
		if q.From >= q.Until {
			r.add(q.at, "%s: from must lie before until", what)
		}
	case TypeChoice:
		if q.Of == "" && len(q.Options) < 2 || len(q.Options) > maxItems {
			r.add(q.at, "%s: a choice needs 2 to %d options", what, maxItems)
		}
	case TypePlace:
		if (q.Level == "oblast") == (q.In != "") || q.In != "" && !names[q.In] {
			r.add(q.at, "%s: a place is of level oblast, or in the oblast of an earlier answer", what)
		}
	}
}

// inspectParts finds what is wrong with a choice that is not in the file, and with a PIN.
func (q *Question) inspectParts(r *report, what string, names map[string]bool) {
	if q.Of != "" && (q.Of != ofRegions || q.Type != TypeChoice || len(q.Options) > 0 || !names[q.In]) {
		r.add(q.at, "%s: of is regions, of a choice without options, in the country of an earlier answer", what)
	}
	if q.Type == TypePIN && (q.Label.Given() || q.Title.Given()) {
		r.add(q.at, "%s: a PIN is asked for in the engine's own words", what)
	}
}

func (n *Form) inspect(r *report) {
	if n.File == "" {
		r.add(n.at, "%s: a form needs the kind of application it files", n.Name)
	}
	if len(n.Questions) == 0 {
		r.add(n.at, "%s: a form without questions", n.Name)
	}
	r.wording(n.at, n.Name+": done", n.Done)
	names := map[string]bool{}
	for i := range n.Questions {
		q := &n.Questions[i]
		if q.Repeat != nil {
			n.inspectRepeat(r, q, names)
			continue
		}
		q.inspect(r, n.Name, names)
		q.inspectWords(r, n.Name)
	}
}

func (n *Form) inspectRepeat(r *report, q *Question, names map[string]bool) {
	if of := n.question(q.Repeat.Of); !names[q.Repeat.Of] || of == nil || of.Type != TypeNumber {
		r.add(q.at, "%s: repeat: no earlier question for a number is named %q", n.Name, q.Repeat.Of)
	}
	if len(q.Repeat.Questions) == 0 {
		r.add(q.at, "%s: repeat: no questions to repeat", n.Name)
	}
	for i := range q.Repeat.Questions {
		inner := &q.Repeat.Questions[i]
		if inner.Repeat != nil {
			r.add(inner.at, "%s: repeat: a group cannot stand in a group", n.Name)
			continue
		}
		inner.inspect(r, n.Name, names)
		if inner.Type == TypePIN {
			r.add(inner.at, "%s: repeat: a PIN is asked for once", n.Name)
		}
		if inner.In != "" && n.question(inner.In) == nil {
			r.add(inner.at, "%s: repeat: a place cannot lie in an answer of the same group", n.Name)
		}
		inner.inspectWords(r, n.Name)
	}
}

// question finds a question that is asked once.
func (n *Form) question(name string) *Question {
	for i := range n.Questions {
		if n.Questions[i].Name == name && name != "" {
			return &n.Questions[i]
		}
	}
	return nil
}
