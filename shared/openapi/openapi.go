// Package openapi holds the contract of the HTTP API, as an OpenAPI 3.1 document.
//
// Callers may rely on it. Package openapitest checks real answers against it.
package openapi

import _ "embed"

// Document is the contract, in JSON.
//
//go:embed openapi.json
var Document []byte
