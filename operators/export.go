package operators

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"sapar/applications"
	"sapar/operators/accounts"
)

// mostExported is how many cases one file holds.
const mostExported = 1000

// errMany says that a filter finds more than a file holds.
var errMany = errors.New("too many cases for one file")

// export writes the cases of a filter to a file. Each of them is read for it, and that is kept like any other look; phones are masked for those
// who may not see them.
func (c *Console) export(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	purpose := strings.TrimSpace(v.r.PostForm.Get("words"))
	f := filterOf(v.r.PostForm)
	if purpose == "" {
		v.say(flash{Kind: "wrong", Text: v.T("wrong.purpose")})
		return v.back("/console/cases?" + f.Query().Encode())
	}
	unmask := v.r.PostForm.Get("unmask") != "" && v.Operator.May(accounts.Unmask)
	rows, err := c.rowsOf(v, f, purpose, unmask)
	if errors.Is(err, errMany) {
		v.say(flash{Kind: "wrong", Text: fmt.Sprintf(v.T("wrong.many"), mostExported)})
		return v.back("/console/cases?" + f.Query().Encode())
	}
	if err != nil {
		return err
	}
	err = c.Accounts.Record(v.r.Context(), c.DB, accounts.Entry{By: v.by(), Action: "cases exported", About: v.Operator.Office, After: accounts.State{
		"cases": fmt.Sprint(len(rows) - 1), "phones": fmt.Sprint(unmask), "filter": f.Query().Encode(),
	}})
	if err != nil {
		return err
	}
	name := "cases-" + c.Now().In(zone).Format(time.DateOnly)
	if v.r.PostForm.Get("as") == "xlsx" {
		attachment(v.w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name+".xlsx")
		return writeXLSX(v.w, rows)
	}
	attachment(v.w, "text/csv; charset=utf-8", name+".csv")
	return writeCSV(v.w, rows)
}

// rowsOf reads the cases of a filter, a row for each under a row of headings.
func (c *Console) rowsOf(v *visit, f filter, purpose string, unmask bool) ([][]string, error) {
	f.after = applications.Cursor{}
	out := [][]string{{
		v.T("case.number"), v.T("case.kind"), v.T("case.status"), v.T("case.filed"), v.T("case.due"), v.T("case.assignee"), v.T("case.phone"), v.T("case.answers"),
	}}
	worker := v.worker(unmask)
	err := everyLine(v.r.Context(), worker, f.asked(c.Now()), mostExported, func(l applications.Line) error {
		read, err := worker.Read(v.r.Context(), c.Now(), l.Number, purpose)
		if errors.Is(err, applications.ErrNotFound) { // handed over meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		var told []string
		for _, a := range v.answers(read) {
			told = append(told, a.Question+": "+a.Value)
		}
		out = append(out, []string{
			read.Number, v.KindName(read.Kind), v.StatusName(read.Status), v.Day(read.FiledAt), v.Day(read.DueAt), read.Assignee, read.Phone,
			strings.Join(told, "\n"),
		})
		return nil
	})
	return out, err
}

// asText makes a cell what it says and never a formula: a spreadsheet takes what begins like one for one, in wide letters too. Source: OWASP CSV
// Injection (read 2026-11-22).
func asText(cell string) string {
	if strings.IndexAny(strings.TrimLeft(cell, " \u00a0"), "=+-@\t\r\n＝＋－＠|%") == 0 {
		return "'" + cell
	}
	return cell
}

// writeCSV begins with a mark by which spreadsheets know UTF-8.
func writeCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil // whoever has gone reads nothing
	}
	out := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = asText(cell)
		}
		if err := out.Write(safe); err != nil {
			return nil
		}
	}
	out.Flush()
	return nil
}

// writeXLSX writes every cell as text, which no spreadsheet takes for a formula.
func writeXLSX(w io.Writer, rows [][]string) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet := book.GetSheetName(0)
	for i, row := range rows {
		for j, cell := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil {
				err = book.SetCellStr(sheet, at, cell)
			}
			if err != nil {
				return fmt.Errorf("write a cell: %w", err)
			}
		}
	}
	return book.Write(w)
}
