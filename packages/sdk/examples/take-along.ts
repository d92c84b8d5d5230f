// Takes all conversations out as one file, and brings them in again: those that are there are skipped.
import { connect } from './connect.ts';

const relay = connect();

const file = await relay.transfer.exportAll({ format: 'json' });
console.log(`${file.size > 0 ? 'Exported' : 'Nothing to export'}: ${file.type}`);

const { importId } = await relay.transfer.import(file);
for await (const { status, imported, skipped, total } of relay.transfer.progress(importId)) {
  console.log(`${status}: ${imported} imported, ${skipped} skipped, of ${total}`);
}
