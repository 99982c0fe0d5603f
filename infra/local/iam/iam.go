// Package iam stands in for IAM: it gives each function a key of its own.
package iam
