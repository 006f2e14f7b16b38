// Returns a JSON string of `bytes` characters; 6,291,454 and its two quotes are the documented 6 MiB.
export const handler = async (event) => 'x'.repeat(event.bytes ?? 6_291_454);
