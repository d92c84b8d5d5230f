// Runs before the worker's program, in a process. Ctrl+C and service managers signal a relay's whole group; the relay lets
// running answers finish, and ends its workers itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
