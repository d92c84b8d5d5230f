// A file of its own: an old Node would not even read `import()` in the one that tells it so.
import('../lib/main.js').catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
