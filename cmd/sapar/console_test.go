package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"sapar/operators/accounts"
)

// browser is a tab of a real browser, on the console of a server.
type browser struct {
	t      *testing.T
	ctx    context.Context
	server *running
}

// newBrowser starts Chromium. make test installs it where there is none.
func newBrowser(t *testing.T, r *running) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium on this machine: make test installs it on Debian")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en"), chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	ctx, late := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(late)
	return &browser{t, ctx, r}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v, at %s", err, b.text("body"))
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.server.url + path))
}

// text is what stands in an element.
func (b *browser) text(selector string) string {
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf("(document.querySelector(%q)||{}).innerText||''", selector)))
	return text
}

// press clicks what is found and waits for the page that follows.
func (b *browser) press(selector, then string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)), chromedp.WaitVisible(chromedp.CSS(then)))
}

func (b *browser) types(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// axe is a checker of WCAG; it runs in the page as the browser's own tools do, past its policy.
func (b *browser) axe(page string) {
	b.t.Helper()
	script, err := os.ReadFile("../../operators/testdata/axe-4.14.1.min.js")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](string(script)+";true")); err != nil {
		b.t.Fatal(err)
	}
	const run = `axe.run(document).then(r => r.passes.length < 5 ? "nothing to look at" : r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; ")).join("\n"))`
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil || found != "" {
		b.t.Errorf("%s: axe finds %s: %v", page, found, err)
	}
}

// scheme shows pages as somebody sees them who likes them light, or dark.
func (b *browser) scheme(name string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// paper keeps a picture of the page as it is printed.
func (b *browser) paper(name string) {
	b.t.Helper()
	set := func(media string) {
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
			return err
		}))
	}
	set("print")
	b.picture(name, 800)
	const shown = `["header", ".act", "footer"].some(s => document.querySelector(s).getClientRects().length > 0)`
	if printed, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](shown)); err != nil || printed {
		b.t.Errorf("what is for the screen is printed: %v", err)
	}
	set("")
}

// look checks the page that is open in light and dark, and keeps pictures of it in the folder that SAPAR_PICTURES names.
func (b *browser) look(page string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.axe(page + " " + scheme)
		b.picture(page+"-"+scheme, 1280)
	}
	b.scheme("light")
	b.picture(page+"-narrow", 380)
	b.do(chromedp.EmulateViewport(1280, 900))
}

func (b *browser) picture(name string, width int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900))
	folder := os.Getenv("SAPAR_PICTURES")
	if wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth")); err != nil || int64(wide) > width {
		b.t.Errorf("%s is %d wide, not %d: %v", name, wide, width, err)
	}
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// filing is a case that waits in its office, of somebody who wants texts.
func (x *texter) filing() (number, office string) {
	x.t.Helper()
	x.text("салам")
	x.text("2")
	x.text("камкор")
	x.file("2")
	x.exec("UPDATE applications SET notify = true")
	if err := x.server.owner.QueryRow("SELECT number, office FROM applications").Scan(&number, &office); err != nil {
		x.t.Fatal(err)
	}
	return number, office
}

// signsIn types name and password, sets up the six digits, and types them.
func (b *browser) signsIn(name, password string) {
	b.t.Helper()
	b.open("/console")
	b.look("login")
	b.types("[name=name]", name)
	b.types("[name=password]", password)
	b.press("main button", "img.qr")
	b.look("code")
	digits, err := totp.GenerateCode(strings.ReplaceAll(b.text("code"), " ", ""), b.server.now())
	if err != nil {
		b.t.Fatal(err)
	}
	b.types("[name=code]", digits)
	b.press("main button", "body.home")
}

func TestACaseWorkerDecidesACaseInTheBrowser(t *testing.T) {
	x := newTexter(t, "+996700003090")
	b := newBrowser(t, x.server)
	b.do(chromedp.EmulateViewport(1280, 900))
	number, office := x.filing()
	a := x.server.console.Accounts
	password, err := a.Add(t.Context(), accounts.By{Who: "test"}, accounts.Operator{
		Name: "aigul", Roles: []accounts.Role{accounts.Supervisor, accounts.Administrator}, Office: office, Language: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	b.signsIn("aigul", password)
	b.look("home")
	b.open("/console/cases")
	b.look("queue")
	b.press("#cases a", "body.open")
	b.look("open")
	b.press("main button", "body.case")
	b.look("case")

	b.types("[name=question]", "Качан чалсак болот?")
	b.press("#asking button", "#asking .confirm")
	if at, _ := chromedp.Run(b.ctx, chromedp.Location()); strings.HasSuffix(at, "/preview") {
		t.Error("the whole page was loaded for a preview")
	}
	if preview := b.text("#asking .sms"); !strings.Contains(preview, "Качан чалсак болот?") {
		t.Errorf("the preview is %q", preview)
	}
	before := x.server.count("SELECT count(*) FROM outbox")
	b.press("#asking .confirm button", ".flash.done")
	b.do(chromedp.Click(chromedp.CSS("input[value=appointment]")), chromedp.SetValue(chromedp.CSS("[name=date]"), "2026-12-01"))
	b.press(".act button.main", ".facts") // the page that follows has them too
	eventually(t, 10*time.Second, "the case is moved", func() bool {
		return x.server.count("SELECT count(*) FROM applications WHERE status = 'appointment' AND number = $1", number) == 1
	})
	if got := x.server.count("SELECT count(*) FROM outbox") - before; got != 2 {
		t.Errorf("%d texts are in the outbox", got)
	}
	b.open("/console/cases/" + number)
	b.look("decided")
	b.paper("decided-print")
	for _, page := range []string{"operators", "audit", "settings", "nothing"} {
		b.open("/console/" + page)
		b.look(page)
	}
	b.languages()
}

// languages shows the overview in the other two.
func (b *browser) languages() {
	b.t.Helper()
	for _, lang := range []string{"ky", "ru"} {
		if err := b.server.console.Accounts.SetLanguage(b.ctx, accounts.By{Who: "test"}, "aigul", lang); err != nil {
			b.t.Fatal(err)
		}
		b.open("/console")
		if got, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.documentElement.lang")); got != lang {
			b.t.Errorf("the page is in %q", got)
		}
		b.look("home-" + lang)
	}
}
