package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// browse runs Chromium without a window, at most a minute, and gives what it
// prints. A test without a browser is skipped, but not in CI.
func browse(t *testing.T, args ...string) string {
	t.Helper()
	if raceDetector {
		t.Skip("what runs in the browser is not Go's")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil || strings.HasPrefix(browser, "/snap/") { // a snap cannot read a test's files
		if os.Getenv("CI") != "" {
			t.Fatal("the report is looked at in a real browser: install Debian's package chromium")
		}
		t.Skip("NOT CHECKED in a real browser: there is no chromium (Debian: apt-get install chromium)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--virtual-time-budget=10000",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-pings",
		"--disable-features=OptimizationHints,MediaRouter,Translate", "--user-data-dir=" + t.TempDir(),
	}, args...)...)
	cmd.WaitDelay = 5 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, complaints.String())
	}
	return string(out)
}

// file keeps a page and gives its address.
func file(t *testing.T, page string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

const (
	light = "--blink-settings=preferredColorScheme=1"
	dark  = "--blink-settings=preferredColorScheme=0"
)

// tell runs a script in the page and gives the title that it sets. The page's
// policy allows no script but its own, so that is left out.
func tell(t *testing.T, script string, args ...string) string {
	t.Helper()
	page := strings.Replace(html(t, restart()), "Content-Security-Policy", "x", 1)
	page = strings.Replace(page, "</body>", "<script>"+script+"</script></body>", 1)
	_, title, _ := strings.Cut(browse(t, append(args, "--dump-dom", file(t, page))...), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	return title
}

// drawn is how many points the page says that it drew, by chart.
func drawn(dom string) map[string]int {
	m := map[string]int{}
	for _, s := range regexp.MustCompile(`data-chart="(\w+)"(?: data-drawn="(\d+)")?`).FindAllStringSubmatch(dom, -1) {
		m[s[1]], _ = strconv.Atoi(s[2])
	}
	return m
}

// trouble is what the page's script says of itself.
func trouble(dom string) string {
	_, rest, _ := strings.Cut(dom, `<p id="trouble" role="alert"`)
	text, _, _ := strings.Cut(rest, "</p>")
	return strings.TrimPrefix(text, ` hidden="">`)
}

// opened is the page with all tables open.
func opened(page string) string {
	return strings.ReplaceAll(page, "<details data-table", "<details open data-table")
}

// pictures is where screenshots go: REPORT_PICTURES, for a person to look at.
func pictures(t *testing.T) string {
	if dir := os.Getenv("REPORT_PICTURES"); dir != "" {
		return dir
	}
	return t.TempDir()
}

// colours counts a picture's pixels by colour, such as "0072b2".
func colours(t *testing.T, path string) map[string]int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	pixels := image.NewRGBA(picture.Bounds())
	draw.Draw(pixels, pixels.Bounds(), picture, picture.Bounds().Min, draw.Src)
	counts := map[[3]byte]int{}
	for p := pixels.Pix; len(p) > 0; p = p[4:] {
		counts[[3]byte(p)]++
	}
	m := map[string]int{}
	for c, n := range counts {
		m[fmt.Sprintf("%x", c)] = n
	}
	return m
}

// asked reads the addresses that pages asked for. What the browser asks for by
// itself, such as its updates, has no origin.
func asked(t *testing.T, path string) (urls []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Events []struct {
			Params struct{ URL, Initiator string }
		}
	}
	if err := json.Unmarshal(b, &log); err != nil {
		t.Fatal(err)
	}
	for _, e := range log.Events {
		if p := e.Params; p.Initiator != "" && p.Initiator != "not an origin" {
			urls = append(urls, p.URL)
		}
	}
	slices.Sort(urls)
	return slices.Compact(urls)
}
