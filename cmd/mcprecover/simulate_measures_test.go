package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
)

// measureTable: whose definition is whose field of Figures, the code tells.
func measureTable(t *testing.T, c comments) string {
	units := map[measure.Unit]string{
		measure.Seconds: "seconds", measure.Count: "count", measure.Ratio: "ratio", measure.Share: "share", measure.Truth: "true or false",
	}
	better := map[measure.Better]string{0: "", measure.Lower: "lower", measure.Higher: "higher"}
	rows := [][]string{{"measure", "unit", "better", "definition"}}
	for _, m := range measure.All() {
		unit, known := units[m.Unit]
		if !known || m.Meaning == "" {
			t.Errorf("measure %s: no unit, or no meaning", m.Name)
		}
		rows = append(rows, []string{"`" + m.Name + "`", unit, better[m.Better], c.of(t, "Figures", figureOf(t, m))})
	}
	return pipes(rows)
}

func limitTable() string {
	rows := [][]string{{"measure", "unit", "definition"}}
	for _, m := range []measure.Measure{limitClients, limitHeadroom} {
		rows = append(rows, []string{"`" + m.Name + "`", map[measure.Unit]string{measure.Count: "count", measure.Ratio: "ratio"}[m.Unit], sentence(m.Meaning)})
	}
	return pipes(rows)
}

// secondTable: the columns of run --csv are fields of simulate.Second in small
// letters.
func secondTable(t *testing.T, c comments) string {
	code, stdout, stderr := simulated(t, "run", "--scenario", smallFleet, "--csv")
	if code != exitDone {
		t.Fatal(stderr)
	}
	header, _, _ := strings.Cut(stdout, "\n")
	rows := [][]string{{"column", "what it counts"}, {"`second`", sentence("whole seconds since the run began")}}
	for _, column := range strings.Split(header, ",")[1:] {
		name := strings.TrimSuffix(column, "_s")
		rows = append(rows, []string{"`" + column + "`", c.of(t, "Second", strings.ToUpper(name[:1])+name[1:])})
	}
	return pipes(rows)
}

// figureOf is the field of simulate.Figures that a measure reads.
func figureOf(t *testing.T, m measure.Measure) string {
	var reads []string
	for i := range reflect.TypeFor[simulate.Figures]().NumField() {
		var f simulate.Figures
		switch v := reflect.ValueOf(&f).Elem().Field(i); v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Float64:
			v.SetFloat(1)
		case reflect.Int64:
			v.SetInt(int64(time.Second))
		default:
			v.SetUint(1)
		}
		if m.Of(f) != m.Of(simulate.Figures{}) {
			reads = append(reads, reflect.TypeFor[simulate.Figures]().Field(i).Name)
		}
	}
	if len(reads) != 1 {
		t.Fatalf("measure %s is made of the figures %v: say which defines it", m.Name, reads)
	}
	return reads[0]
}

// marginTable: JSON names a margin as its field in small letters; the text's
// words for it are those that stand beside its value.
func marginTable(t *testing.T, c comments) string {
	rows := [][]string{{"JSON", "in the text", "meaning"}}
	named := lane{}.out().Margins
	for i := range reflect.TypeFor[simulate.Margins]().NumField() {
		name := reflect.TypeFor[simulate.Margins]().Field(i).Name
		if _, inJSON := named[strings.ToLower(name)]; !inJSON {
			continue
		}
		var m simulate.Margins
		reflect.ValueOf(&m).Elem().Field(i).SetFloat(1)
		rows = append(rows, []string{"`" + strings.ToLower(name) + "`", strings.TrimPrefix(worst(m), "margin 1.00: "), c.of(t, "Margins", name)})
	}
	if len(rows) != len(named)+1 {
		t.Errorf("JSON has the margins %v, which are not those of simulate.Margins", named)
	}
	return pipes(rows)
}
