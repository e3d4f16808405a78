package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"sapar/directory"
	"sapar/menus"
)

func main() {
	trees, problems := menus.Read(menus.BuiltIn())
	for _, p := range problems {
		fmt.Println(p)
	}
	c, err := directory.BuiltIn()
	if err != nil {
		panic(err)
	}
	tree := trees[0]
	std := menus.Limit{Septets: 182, Units: 80}
	f := &menus.Facts{Directory: c.Directory(), Code: "*141#", Number: menus.NewNumber(1), Ticks: map[string]bool{}, Channel: menus.Channel{First: std, Later: std}}
	fmt.Println(len(tree.Nodes), "nodes")
	kinds := map[string]int{}
	for name, n := range tree.Nodes {
		switch n := n.(type) {
		case *menus.Menu:
			kinds["menu"]++
			for _, lang := range menus.Languages {
				if l := utf8.RuneCountInString(n.Title[lang]); l > 30 {
					fmt.Println(name, lang, "title", l)
				}
				for _, s := range lang.Scripts() {
					_, sc := menus.Open(tree, lang, s, name, f)
					if !strings.Contains(sc.Text, "\n1 ") {
						fmt.Println(name, lang, s, "no item on first page")
					}
				}
				for _, it := range n.Items {
					if l := utf8.RuneCountInString(it.Label[lang]); l > 25 {
						fmt.Println(name, lang, "label", l, it.Label[lang])
					}
				}
			}
		case *menus.Text:
			kinds["text"]++
			for _, lang := range menus.Languages {
				for _, it := range n.Then {
					if l := utf8.RuneCountInString(it.Label[lang]); l > 25 {
						fmt.Println(name, lang, "label", l, it.Label[lang])
					}
				}
				if l := utf8.RuneCountInString(n.Text[lang]); l > 250 {
					fmt.Println(name, lang, "text", l)
				}
			}
		default:
			kinds[fmt.Sprintf("%T", n)]++
		}
	}
	fmt.Println(kinds)
	_ = os.Args
}
