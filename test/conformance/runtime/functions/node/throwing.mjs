// Fails while it is loaded.
throw new Error('conformance failure');
