package report

import (
	"html/template"
	"math"
	"time"
)

// view is what the page's template and its script read.
type view struct {
	Data
	ContentPolicy   string
	Style           template.CSS
	Library, Script template.JS
	Charts          charts
	Until           string // the time at which the charts over time end early, if they do
	NoFloor         bool   // the server cannot open all sessions
	Never, Left     int    // candidates that are not drawn
}

// charts is the script's data. Times are in seconds.
type charts struct {
	Capacity   figure    `json:"capacity,omitempty"`
	Floor      figure    `json:"floor,omitempty"`
	Log        bool      `json:"log,omitempty"` // the storm is too high for a plain axis
	Runs       []columns `json:"runs,omitempty"`
	Candidates []point   `json:"candidates,omitempty"`
	Storm      bool      `json:"storm,omitempty"` // there is something to draw
	Recovery   bool      `json:"recovery,omitempty"`
	Phase      bool      `json:"phase,omitempty"`
}

// columns are a run's samples, column by column, which is half the bytes.
type columns struct {
	Name        string   `json:"name"`
	At          []figure `json:"at"`
	Initializes []figure `json:"initializes"`
	Recovered   []figure `json:"recovered,omitempty"` // per cent
	Queue       []figure `json:"queue,omitempty"`
	Backoff     []figure `json:"backoff,omitempty"`
}

type point struct {
	Name     string `json:"name"`
	Settings string `json:"settings,omitempty"`
	Peak     figure `json:"peak"`
	T99      figure `json:"t99"`
	Failed   figure `json:"failed"`
	Waste    figure `json:"waste"` // per cent
	Kind     string `json:"kind"`
}

func newView(d Data) view {
	v := view{
		Data: d, ContentPolicy: contentPolicy,
		Style: template.CSS(style), Library: template.JS(library), Script: template.JS(script),
	}
	if v.Title == "" {
		v.Title = "Simulation report"
	}
	end, whole := calm(d.Runs, d.Floor)
	if !whole {
		v.Until = number(end.Truncate(time.Second).Seconds()) + " s"
	}
	v.NoFloor = d.Floor == Never
	c := &v.Charts
	c.Capacity = figure(d.Capacity)
	if d.Floor < end {
		c.Floor = seconds(d.Floor)
	}
	for _, r := range d.Runs {
		c.add(r.until(end).thinned(min(mostPoints, mostSamples/len(d.Runs))))
	}
	var few []Candidate
	few, v.Never, v.Left = drawn(d.Candidates)
	for _, x := range few {
		c.Candidates = append(c.Candidates, newPoint(x))
	}
	return v
}

// add adds a run, without the columns in which nothing happens.
func (c *charts) add(r Run) {
	x := columns{Name: clip(r.Policy)}
	phase := false
	for _, s := range r.Samples {
		x.At = append(x.At, seconds(s.At))
		x.Initializes = append(x.Initializes, figure(s.Initializes))
		x.Recovered = append(x.Recovered, figure(100*s.Recovered))
		x.Queue = append(x.Queue, seconds(s.Queue))
		x.Backoff = append(x.Backoff, figure(s.Backoff))
		phase = phase || s.Queue > 0 || s.Backoff > 0
		c.Storm = c.Storm || s.Initializes > 0
		c.Log = c.Log || c.Capacity > 0 && s.Initializes > 10*float64(c.Capacity)
	}
	if r.Affected == 0 {
		x.Recovered = nil
	}
	if !phase {
		x.Queue, x.Backoff = nil, nil
	}
	c.Recovery = c.Recovery || x.Recovered != nil
	c.Phase = c.Phase || phase
	c.Runs = append(c.Runs, x)
}

func newPoint(x Candidate) point {
	p := point{
		Name: clip(x.Name), Settings: cut(x.Settings, mostLine), Kind: "other",
		Peak: figure(x.Peak), T99: seconds(x.T99), Failed: figure(x.Failed), Waste: figure(100 * x.Waste),
	}
	switch {
	case x.Chosen:
		p.Kind = "chosen"
	case x.Front:
		p.Kind = "front"
	}
	return p
}

// verdict is what a change means, in a word.
func verdict(b Better, c Change) string {
	switch {
	case c.Low <= 0 && c.High >= 0:
		return "no difference shown"
	case b == Neither:
		return "different"
	case b == Less && c.High < 0, b == More && c.Low > 0:
		return "better"
	}
	return "worse"
}

// unit is written behind a value, if that is a number.
func unit(u string, value float64) string {
	if u == "" || math.IsNaN(value) || math.IsInf(value, 0) {
		return ""
	}
	if u == "×" {
		return u
	}
	return " " + cut(u, mostUnit)
}
