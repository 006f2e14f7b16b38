use strict;
use warnings;

sub handler {
    my ($event, $context) = @_;
    die "the event asked for a failure\n" if $event->{fail};
    return { greeting => 'Hello from Perl!', event => $event, requestId => $context->{request_id} };
}

1;
