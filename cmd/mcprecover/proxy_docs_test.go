package main

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

const guide = "../../docs/proxy.md"

// TestTheGuidesConfigurationWorks, with files of the test's in the places that
// it names.
func TestTheGuidesConfigurationWorks(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(text), "# proxy.yaml\n")
	config, _, found := strings.Cut(config, "```")
	if !found {
		t.Fatal("no configuration in the guide")
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := write(t, "proxy.yaml", strings.ReplaceAll(config, "/run/secrets/", ""))
	for name, text := range map[string][]byte{"roots.pem": roots, "github": []byte("token\n")} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := readProxyConfig(file, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.upstreams) != 2 || s.upstreams[0].path != "/files" || s.upstreams[1].path != "/hub" || s.upstreams[1].roots == nil ||
		s.upstreams[1].headers[0].current() != "Bearer token" || s.upstreams[0].policy == nil || *s.upstreams[0].policy == *s.upstreams[1].policy {
		t.Errorf("it was read as %+v", s)
	}
	defaults := defaultProxySettings()
	if s.drain != defaults.drain || s.heartbeat != defaults.heartbeat {
		t.Errorf("the guide shows a drain of %s and a heartbeat of %s as if they were the defaults, which are %s and %s", s.drain, s.heartbeat, defaults.drain, defaults.heartbeat)
	}
}

// TestTheGuideListsAllMetrics and no others.
func TestTheGuideListsAllMetrics(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	names := func(text string) []string {
		all := map[string]bool{}
		for _, name := range regexp.MustCompile(`\bmcprecover_\w+`).FindAllString(text, -1) {
			all[regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")] = true
		}
		return slices.Sorted(maps.Keys(all))
	}
	m := proxy.NewMetrics()
	m.Observer("a")
	w := httptest.NewRecorder()
	m.ServeHTTP(w, nil)
	if diff := cmp.Diff(names(w.Body.String()), names(string(text))); diff != "" {
		t.Errorf("the guide against what there is (-there +guide):\n%s", diff)
	}
}
