// Package openapi holds the contract of the HTTP API, as an OpenAPI 3.1 document.
//
// The document is written by hand and is what callers may rely on. Package openapitest holds real answers against it.
package openapi

import _ "embed"

// Document is the contract, in JSON.
//
//go:embed openapi.json
var Document []byte
