// node jsforce_client.mjs WAY URL IN_FLIGHT FILE…: a peer from npm, jsforce 3, as its documentation shows.
//
// `create` of each record (single), of 200 of them (collections), or a job for each prepared upload and its
// successful results (bulk). FILE holds a record a line, for bulk it is an upload. The package is the one that
// the tests of the simulator use: npm ci --prefix tests/simulator/jsforce. The last line printed is JSON.
import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { Connection } = createRequire(new URL('../simulator/jsforce/package.json', import.meta.url))('jsforce');
const [way, url, inFlight, ...files] = process.argv.slice(2);
const BATCH = way === 'collections' ? 200 : 1;
const HEADERS = { 'Sforce-Auto-Assign': 'FALSE' };
const PAUSE = 500; // milliseconds between two looks at a job, as the importer waits at first

const connection = new Connection({
  loginUrl: url,
  version: '67.0',
  oauth2: { loginUrl: url, clientId: 'b', clientSecret: 'b' },
});
const records = way === 'bulk' ? [] : readFileSync(files[0], 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
const first = performance.now();
await connection.login('b', 'b');
const Case = connection.sobject('Case');
let rows = 0;
let departed = first;

async function create() {
  while (records.length > 0) {
    const batch = records.splice(-BATCH);
    departed = performance.now();
    const found = await Case.create(way === 'single' ? batch[0] : batch, { headers: HEADERS });
    for (const each of [found].flat()) {
      if (!each.success) throw new Error(JSON.stringify(each));
      rows += 1;
    }
  }
}

async function load(file) {
  const job = connection.bulk2.createJob({ operation: 'insert', object: 'Case', lineEnding: 'LF' });
  await job.open();
  await job.uploadData(createReadStream(file));
  await job.close();
  await job.poll(PAUSE, 24 * 3600 * 1000);
  rows += (await job.getSuccessfulResults()).filter((each) => each.sf__Id).length;
}

if (way === 'bulk') {
  for (const file of files) await load(file);
} else {
  await Promise.all(Array.from({ length: Number(inFlight) }, create));
}
console.log(JSON.stringify({ elapsed_seconds: (departed - first) / 1000, rows }));
