package main

import (
	"encoding/json"
	"errors"
)

// Handler strings and what they call.
var handlers = map[string]handlerFunction{"function.handler": greet, "function.echo": echo, "function.fail": fail}

func greet(event json.RawMessage, context Context) (any, error) {
	var fields struct {
		Fail bool `json:"fail"`
	}
	if err := json.Unmarshal(event, &fields); err != nil {
		return nil, err
	}
	if fields.Fail {
		return nil, errors.New("the event asked for a failure")
	}
	return map[string]any{"greeting": "Hello from Go!", "event": event, "requestId": context.RequestID}, nil
}

// For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
func echo(event json.RawMessage, _ Context) (any, error) {
	return event, nil
}

func fail(json.RawMessage, Context) (any, error) {
	return nil, errors.New("conformance failure")
}
