package main

import (
	"encoding/json"
	"errors"
)

// Handler strings and what they call.
var handlers = map[string]handlerFunction{"function.handler": greet}

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
