<?php
declare(strict_types=1);

function handler(mixed $event, array $context): array
{
    if ($event->fail ?? false) throw new DomainException('the event asked for a failure');
    return ['greeting' => 'Hello from PHP!', 'event' => $event, 'requestId' => $context['requestId']];
}

// For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
function echo_event(mixed $event, array $context): mixed
{
    return $event;
}

function fail(mixed $event, array $context): never
{
    throw new RuntimeException('conformance failure');
}
