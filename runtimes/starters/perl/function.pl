use strict;
use warnings;

sub handler {
    my ($event, $context) = @_;
    die "the event asked for a failure\n" if $event->{fail};
    return { greeting => 'Hello from Perl!', event => $event, requestId => $context->{request_id} };
}

# For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
sub echo { return $_[0] }
sub fail { die "conformance failure\n" }

1;
