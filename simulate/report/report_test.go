package report_test

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/simulate/report"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

func html(t testing.TB, d report.Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden keeps the page for review, without the script, style and library,
// which are files in assets.
func TestGolden(t *testing.T) {
	got := html(t, restart())
	got = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(got, "<style>report.css</style>")
	for _, name := range []string{"chart.umd.min.js", "report.js"} {
		got = replaceFirst(got, regexp.MustCompile(`(?s)<script>[^r].*?</script>`), "<script>report: "+name+"</script>")
	}
	got = regexp.MustCompile(`sha256-(?:[\w/=]|&#43;)+`).ReplaceAllString(got, "sha256-of-it")
	got = strings.ReplaceAll(got, `],"`, "],\n\"")
	const path = "testdata/restart.html"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (rewrite with -update):\n%s", path, diff)
	}
}

func replaceFirst(s string, re *regexp.Regexp, by string) string {
	at := re.FindStringIndex(s)
	if at == nil {
		return s
	}
	return s[:at[0]] + by + s[at[1]:]
}

// nasty breaks out of a page that takes it for HTML, script or an attribute.
const nasty = `"'</script><i class="broken-out">` + "`${1}`<!--&amp;"

func hostile() report.Data {
	d := restart()
	d.Title, d.Summary, d.Notes, d.Command = nasty, nasty, []string{nasty}, nasty
	d.Facts = []report.Fact{{nasty, nasty}}
	d.Policy = report.Policy{Name: nasty, Why: nasty, Text: nasty}
	d.Runs = []report.Run{d.Runs[0]}
	d.Runs[0].Policy, d.Runs[0].Samples = nasty, d.Runs[0].Samples[:10]
	d.Table.Policies = []string{nasty}
	d.Table.Rows = []report.Row{{nasty, nasty, nasty, report.Less, []report.Cell{{1, change(1, 2)}}}}
	d.Candidates = []report.Candidate{{Name: nasty, Settings: nasty, Peak: 1}}
	return d
}

func TestHostileTextIsEscaped(t *testing.T) {
	got := html(t, hostile())
	if strings.Contains(got, `<i class=`) || strings.Count(got, "</script>") != 3 {
		t.Error("a text broke out of its place")
	}
}

// TestLeftOut: what is not known has no heading.
func TestLeftOut(t *testing.T) {
	all := restart()
	for _, tt := range []struct {
		name string
		data report.Data
		want []string
	}{
		{"nothing", report.Data{}, nil},
		{"a run", report.Data{Runs: all.Runs[:1], Command: "x"}, []string{"The storm", "Recovery", "Queue against clients in backoff", "To repeat this"}},
		{"a run that took no session", report.Data{Runs: []report.Run{{Samples: []report.Sample{{Initializes: 1}}}}}, []string{"The storm"}},
		{"a run in which nothing happened", report.Data{Runs: []report.Run{{Policy: "default"}}}, nil},
		{"a tune", report.Data{Candidates: all.Candidates, Policy: all.Policy}, []string{"Policies tried", "Recommended policy: tuned"}},
		{"all", all, []string{"The storm", "Recovery", "Queue against clients in backoff", "Policies tried", "Policies compared", "Recommended policy: tuned", "To repeat this"}},
	} {
		var got []string
		for _, h := range regexp.MustCompile(`<h2>(.*?)</h2>`).FindAllStringSubmatch(html(t, tt.data), -1) {
			got = append(got, h[1])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

// TestCaptions: what a chart does not show is said above it.
func TestCaptions(t *testing.T) {
	d := restart()
	d.Floor = report.Never
	for range 400 {
		d.Candidates = append(d.Candidates, d.Candidates[50])
	}
	got := html(t, d)
	for _, want := range []string{
		" There is no floor: the fleet's calls leave", " After 122 s it is calm; that is not drawn.",
		" since they never came back: 1.", " to keep this readable: 220 others.", " The scale is logarithmic:",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if short := html(t, report.Data{Runs: []report.Run{{Samples: d.Runs[2].Samples[:20]}}}); strings.Contains(short, "not drawn") || strings.Contains(short, "The scale is logarithmic") {
		t.Error("a caption excuses what is not the case")
	}
}

// TestBelowAMegabyte fills every field to its bound with what grows most when
// it is escaped.
func TestBelowAMegabyte(t *testing.T) {
	long := func(n int) string { return strings.Repeat("<", n) }
	d := report.Data{Title: long(9999), Summary: long(9999), Command: long(4 << 10), Capacity: 1.0 / 3, Floor: time.Hour}
	d.Policy = report.Policy{Name: long(9999), Why: long(9999), Text: long(16 << 10)}
	for range 20 {
		d.Notes = append(d.Notes, long(9999))
	}
	for range 40 {
		d.Facts = append(d.Facts, report.Fact{Name: long(9999), Value: long(9999)})
	}
	row := report.Row{Figure: long(9999), Meaning: long(9999), Unit: long(9999)}
	for range 6 {
		d.Table.Policies = append(d.Table.Policies, long(9999))
		row.Cells = append(row.Cells, report.Cell{Value: 1e12, Change: change(-1e12, 1e12)})
		d.Runs = append(d.Runs, report.Run{Policy: long(9999), Affected: 1})
	}
	for range 60 {
		d.Table.Rows = append(d.Table.Rows, row)
	}
	for i := range 20_000 {
		f := float64(i%7) + 1.0/3
		for r := range d.Runs {
			d.Runs[r].Samples = append(d.Runs[r].Samples, report.Sample{
				At: time.Duration(i) * 1001 * time.Millisecond, Initializes: 1e6 * f, Recovered: f / 8, Queue: time.Duration(f * 1e12), Backoff: 1e6 * f,
			})
		}
	}
	for range 1000 {
		d.Candidates = append(d.Candidates, report.Candidate{Name: long(9999), Settings: long(9999), Peak: 1e3 / 3.0, T99: 1234567 * time.Millisecond, Failed: 1.0 / 3, Waste: 1.0 / 3, Front: true})
	}
	if n := len(html(t, d)); n > 1_000_000 || n < 700_000 {
		t.Errorf("%d bytes, want 700,000 to 1,000,000", n)
	}

	// One more than the bound is told, never cut off in silence.
	for name, more := range map[string]func(*report.Data){
		"Runs":                func(d *report.Data) { d.Runs = append(d.Runs, report.Run{}) },
		"Notes":               func(d *report.Data) { d.Notes = append(d.Notes, "") },
		"Facts":               func(d *report.Data) { d.Facts = append(d.Facts, report.Fact{}) },
		"Table.Policies":      func(d *report.Data) { d.Table.Policies = append(d.Table.Policies, "") },
		"Table.Rows":          func(d *report.Data) { d.Table.Rows = append(d.Table.Rows, row) },
		"Policy.Text (bytes)": func(d *report.Data) { d.Policy.Text += "x" },
		"Command (bytes)":     func(d *report.Data) { d.Command += "x" },
	} {
		d := d
		more(&d)
		if err := report.Write(new(bytes.Buffer), d); err == nil || !strings.HasPrefix(err.Error(), "report: "+name+": ") {
			t.Errorf("one more of %s: error is %v", name, err)
		}
	}
}

func TestWrongFigures(t *testing.T) {
	nan, sample := math.NaN(), func(s ...report.Sample) report.Data {
		return report.Data{Runs: []report.Run{{Policy: "tuned", Samples: s}}}
	}
	row := func(c ...report.Cell) report.Data {
		return report.Data{Table: report.Table{Policies: []string{"tuned"}, Rows: []report.Row{{Figure: "t99", Cells: c}}}}
	}
	for _, tt := range []struct {
		want string
		data report.Data
	}{
		{"Capacity is NaN", report.Data{Capacity: nan}},
		{"Capacity is -1", report.Data{Capacity: -1}},
		{"Floor is -1s", report.Data{Floor: -time.Second}},
		{`run of policy "tuned", sample 0: a figure is out of range`, sample(report.Sample{Initializes: nan})},
		{`run of policy "tuned", sample 0: a figure is out of range`, sample(report.Sample{Backoff: math.Inf(1)})},
		{`run of policy "tuned", sample 1: a figure is out of range`, sample(report.Sample{}, report.Sample{Queue: -1})},
		{`run of policy "tuned", sample 0: a figure is out of range`, sample(report.Sample{Recovered: 1.5})},
		{`run of policy "tuned", sample 1 at 1s comes after 2s`, sample(report.Sample{At: 2e9}, report.Sample{At: 1e9})},
		{"Table.Rows[0] (t99) has 0 cells for 1 policies", row()},
		{"Table.Rows[0] (t99), cell 0: the change from 2 to 1 is no interval", row(report.Cell{Change: change(2, 1)})},
		{"Table.Rows[0] (t99), cell 0: the change from NaN to 1 is no interval", row(report.Cell{Change: change(nan, 1)})},
		{"Table.Rows[0] (t99), cell 0: the change from 0 to +Inf is no interval", row(report.Cell{Change: change(0, math.Inf(1))})},
		{"Candidates[0] (#1) has a figure out of range", report.Data{Candidates: []report.Candidate{{Name: "#1", Peak: nan}}}},
		{"Candidates[0] (#1) has a figure out of range", report.Data{Candidates: []report.Candidate{{Name: "#1", T99: -1}}}},
		{"Candidates[0] (#1) has a figure out of range", report.Data{Candidates: []report.Candidate{{Name: "#1", Waste: 31.4}}}},
	} {
		var b bytes.Buffer
		err := report.Write(&b, tt.data)
		if err == nil || !strings.HasPrefix(err.Error(), "report: "+tt.want) || b.Len() > 0 {
			t.Errorf("%d bytes and error %v, want none and %q", b.Len(), err, tt.want)
		}
	}
}

type fullDisk struct{ error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.error }

func TestFullDisk(t *testing.T) {
	full := errors.New("no space left on device")
	if err := report.Write(fullDisk{full}, report.Data{}); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
}
