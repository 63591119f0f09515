// Package report writes what a simulation found as one HTML file that needs no
// network: mail it, keep it beside the change that it argues for, print it.
//
// It knows nothing of package simulate. Fill in a [Data] and call [Write].
package report

import (
	"math"
	"time"
)

// Data is what a report shows. What is left empty is left out with its
// heading, so the zero value is an empty page. Every text is shown as it is:
// none of it is read as HTML. Units are cut after 12 characters, names after
// 60, lines after 120, sentences after 600; the command and the policy's text
// never are.
type Data struct {
	Title   string   // the page's heading
	Summary string   // what was found, in a sentence or two
	Notes   []string // what a reader must know before they trust the figures; at most 20
	Facts   []Fact   // what was simulated: scenario, clients, seeds, margins; at most 40
	Command string   // what a shell takes to write this report again, already quoted; at most 4 KiB

	Policy Policy // what is recommended
	Table  Table  // the policies' figures beside each other

	// Capacity is how many initializes the server can serve in a second
	// beside the fleet's calls. 0: not known, and no line is drawn.
	Capacity float64
	// Floor is the soonest time after the trigger at which all sessions
	// could be open again. 0: not known. Never: the server cannot do it.
	Floor time.Duration
	// Runs are drawn over each other: at most 6. Each is thinned to 2,000
	// samples, all together to 6,000, and keeps its highest and lowest values.
	Runs []Run

	// Candidates are the policies that were tried, each a point. Of more than
	// 300, the chosen, the front and an even choice of the others are drawn.
	Candidates []Candidate
}

// Never is a time that did not come within the run; simulate.Never is the same.
const Never = time.Duration(math.MaxInt64)

// Fact is a name and a value with its unit, such as "clients", "1,000,000".
type Fact struct{ Name, Value string }

// Policy is a policy to use.
type Policy struct {
	Name string
	Why  string // why this one
	Text string // the policy file's content; at most 16 KiB
}

// Run is one policy's run through the scenario.
type Run struct {
	Policy string
	// Affected is how many clients lost their session. 0: there is no
	// recovery to draw.
	Affected int
	Samples  []Sample // in order of time
}

// Sample is the fleet and the server at one time.
type Sample struct {
	At          time.Duration // since the trigger; negative before it
	Initializes float64       // sent in one second, also to a server that is down
	Recovered   float64       // share of the affected clients that hold a live session again, 0 to 1
	Queue       time.Duration // longest wait at the server
	Backoff     float64       // clients whose call waits to be sent again, or for the turn of its handshake
}

// Candidate is a policy that was tried. Less is better in all four figures.
type Candidate struct {
	Name     string        // such as "#117"
	Settings string        // what sets it apart, in a line
	Peak     float64       // most initializes in a second, as a multiple of what the server can serve if it does nothing else
	T99      time.Duration // until 99 % of the affected clients held a session; Never is counted, not drawn
	Failed   float64       // failed calls per client
	Waste    float64       // share of the server's work that was for nothing, 0 to 1
	Front    bool          // no other candidate is as good in everything and better in something
	Chosen   bool          // the one that is recommended
}

// Table compares policies. The first is what the others are compared with.
type Table struct {
	Policies []string // columns, at most 6
	Worlds   int      // seeds in which every policy was run; 0: not said
	Rows     []Row    // at most 60
}

// Row is one figure of all policies.
type Row struct {
	Figure  string // its name, such as "t99"
	Meaning string // in a few words, with the unit
	Unit    string // written behind each value: "s", "%", "×" or nothing
	Better  Better
	Cells   []Cell // one for each of Table.Policies
}

// Cell is one policy's figure. +Inf reads "never", NaN "–".
type Cell struct {
	Value  float64
	Change *Change // against the first policy; nil: not known
}

// Change is the 95 % confidence interval of the mean of the paired
// differences, this policy's figure less the first one's, in the row's unit.
type Change struct{ Low, High float64 }

// Better tells which way a figure improves.
type Better int

const (
	Neither Better = iota // it is only information
	Less                  // such as failed calls
	More                  // such as goodput
)
