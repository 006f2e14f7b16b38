<?php
declare(strict_types=1);

function handler(mixed $event, array $context): array
{
    if ($event->fail ?? false) throw new DomainException('the event asked for a failure');
    return ['greeting' => 'Hello from PHP!', 'event' => $event, 'requestId' => $context['requestId']];
}
