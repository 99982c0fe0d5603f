package main_test

import (
	"os"
	"strings"
	"testing"

	"latchkey/shared/topology"
)

func TestREADMENamesWhatThereIs(t *testing.T) {
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}

	readme := string(content)
	_, settings, _ := strings.Cut(readme, "\n## Settings\n")
	for _, p := range topology.Latchkey.Parameters {
		at := strings.Index(settings, p.Name)
		line, _, _ := strings.Cut(settings[max(at, 0):], "\n")
		if at < 0 || !strings.Contains(line, p.Default) {
			t.Errorf("no setting %s with its default %q", p.Name, p.Default)
		}
	}

	for _, table := range topology.Latchkey.Tables {
		if !strings.Contains(readme, "\n| "+table.Name+" |") {
			t.Errorf("no table %s", table.Name)
		}
	}

	for _, queue := range topology.Latchkey.Queues {
		if !strings.Contains(readme, "`"+queue.Name+"`") {
			t.Errorf("no queue %s", queue.Name)
		}
	}

	for _, f := range topology.Latchkey.Functions {
		if !strings.Contains(readme, "\n| "+f.Name+" |") {
			t.Errorf("no function %s", f.Name)
		}
	}

	packages, err := os.ReadDir("../../shared")
	if err != nil {
		t.Fatal(err)
	}

	for _, p := range packages {
		if !strings.Contains(readme, "(shared/"+p.Name()+")") {
			t.Errorf("no package shared/%s", p.Name())
		}
	}

	for _, name := range sampleNames(t) {
		if !strings.Contains(readme, "`"+name+".json`") {
			t.Errorf("no event %s.json", name)
		}
	}
}
