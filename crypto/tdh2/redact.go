package tdh2

import (
	"fmt"
	"io"
)

// Secrets print as their type's name under every verb of fmt and every encoder that asks them.

const redacted = "tdh2: redacted"

// Format hides the value under every verb.
func (s Scalar) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText hides the value.
func (s Scalar) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format hides the secret under every verb.
func (s Share) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText hides the secret.
func (s Share) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format hides the coefficients under every verb.
func (p Polynomial) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText hides the coefficients.
func (p Polynomial) MarshalText() ([]byte, error) { return []byte(redacted), nil }
