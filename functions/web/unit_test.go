package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVendoredFilesAreThePinnedPackages checks static/vendor against infra/tools.
func TestVendoredFilesAreThePinnedPackages(t *testing.T) {
	check := exec.CommandContext(t.Context(), "node", "vendor.mjs", "../../infra/tools", "--check")
	if output, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// TestWhatIsServedIsMadeOfTheSources checks inline and static/bundle against the scripts and
// styles.
func TestWhatIsServedIsMadeOfTheSources(t *testing.T) {
	check := exec.CommandContext(t.Context(), "node", "bundle.mjs", "../../infra/tools", "--check")
	if output, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// TestTheModulesOfThePages runs the unit tests of the scripts, in testdata/unit.
func TestTheModulesOfThePages(t *testing.T) {
	scripts, err := filepath.Glob("testdata/unit/*.test.mjs")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are %d unit tests: %v", len(scripts), err)
	}

	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("node isn't installed: install Node.js")
	}

	test := exec.CommandContext(t.Context(), "node", append([]string{"--test"}, scripts...)...)
	if output, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
