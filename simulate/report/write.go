package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Write writes the report. It errs, before it writes a byte, if d holds what
// cannot be shown (more than a bound, a figure that is not a number), and says
// which. Equal data give equal bytes, below a megabyte. It may be called from
// several goroutines.
func Write(w io.Writer, d Data) error {
	if err := d.check(); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, newView(d)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("report: write: %w", err)
	}
	return nil
}

//go:embed assets
var assets embed.FS

var (
	page = template.Must(template.New("report.html").Funcs(template.FuncMap{
		"number":  number,
		"signed":  signed,
		"unit":    unit,
		"verdict": func(b Better, c *Change) string { return verdict(b, *c) },
		"name":    clip,
		"line":    func(s string) string { return cut(s, mostLine) },
		"prose":   func(s string) string { return cut(s, mostProse) },
	}).ParseFS(assets, "assets/report.html"))

	style   = asset("report.css")
	script  = asset("report.js")
	library = "/*!\n" + asset("chart.LICENSE.txt") + "*/\n" + asset("chart.umd.min.js")

	// policy lets the page run what is in it and ask for nothing.
	contentPolicy = fmt.Sprintf("default-src 'none'; script-src %s %s; style-src %s; base-uri 'none'; form-action 'none'",
		hash(library), hash(script), hash(style))
)

func asset(name string) string {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is embedded: a build without it has no file of that name
	}
	return strings.TrimSpace(string(b))
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
