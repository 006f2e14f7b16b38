// Takes memory outside of V8's heap until the environment's limit ends the process.
export const handler = async () => {
  const hoard = [];
  for (;;) {
    hoard.push(Buffer.alloc(16 * 1024 * 1024, hoard.length));
    console.log('MiB taken:', hoard.length * 16);
  }
};
