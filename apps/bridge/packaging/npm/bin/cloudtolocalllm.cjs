#!/usr/bin/env node
// In plain old JavaScript, so that it can speak even on a very old Node: what follows would fail there without a word.
var needed = 24;
if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    'cloudtolocalllm needs Node.js ' +
      needed +
      ' or newer; this is ' +
      process.version +
      '. Install a newer one, or take the single executable, which brings its own.',
  );
  process.exit(1);
}
require('./start.cjs');
