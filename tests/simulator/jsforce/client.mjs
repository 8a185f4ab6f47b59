// Uses jsforce as its documentation shows, against the simulator at the address in argv[2].
// Prints one JSON object of what it saw; the test beside it says what that must be.
import jsforce from 'jsforce';

const url = process.argv[2];
const connection = new jsforce.Connection({
  loginUrl: url,
  version: '67.0',
  oauth2: { loginUrl: url, clientId: 'app', clientSecret: 'secret' },
});
await connection.login('importer@example.com', 'password');
const Case = connection.sobject('Case');
const seen = {};

seen.identity = (await connection.identity()).username;
seen.fields = (await Case.describe()).fields.length;
seen.objects = (await connection.describeGlobal()).sobjects.map((each) => each.name);

// One record
const one = await Case.create({ Subject: 'one', Legacy_Id__c: 'J-1' });
seen.created = one.success;
await Case.update({ Id: one.id, Priority: 'High' });
seen.read = (await Case.retrieve(one.id)).Priority;
seen.upserted = await Case.upsert({ Legacy_Id__c: 'J-1', Subject: 'one again' }, 'Legacy_Id__c');
seen.upsertedNew = await Case.upsert({ Legacy_Id__c: 'J-2', Subject: 'two' }, 'Legacy_Id__c');
seen.refused = await Case.create({ SuppliedEmail: 'no mail' }).catch((error) => error.errorCode);

// Many records: sObject Collections
const many = await Case.create([
  ...Array.from({ length: 10 }, (_, number) => ({ Subject: `many ${number}`, Partner_Ref__c: 'many' })),
  { Subject: 'bad', AccountId: 'not-an-id' },
]);
seen.many = many.map((each) => each.success);
seen.manyCode = many[10].errors[0].statusCode;
const ids = many.slice(0, 10).map((each) => each.id);
seen.retrieved = (await Case.retrieve(ids, { fields: ['Subject'] })).map((each) => each.Subject);
seen.changed = (await Case.update(ids.slice(0, 3).map((Id) => ({ Id, Origin: 'Web' })))).length;
const upserts = await Case.upsert(
  [{ Legacy_Id__c: 'J-1', Origin: 'Phone' }, { Legacy_Id__c: 'J-3', Subject: 'three' }],
  'Legacy_Id__c',
);
seen.upserts = upserts.map((each) => each.created);
const undone = await Case.create([{ Subject: 'a' }, { AccountId: 'x' }], { allOrNone: true })
  .catch((error) => error.errorCode);
seen.undone = Array.isArray(undone) ? undone.map((each) => each.success) : undone;
seen.destroyed = (await Case.destroy(ids.slice(0, 2))).map((each) => each.success);

// Queries
const found = await connection.query("SELECT Id, Subject, Owner.Name FROM Case WHERE Partner_Ref__c = 'many'", {
  autoFetch: true,
});
seen.found = [found.totalSize, found.records.length, found.records[0].Owner.Name];
seen.listed = (
  await Case.find({ Legacy_Id__c: { $in: ['J-1', 'J-3'] }, Subject: { $like: '%e%' } }, ['Legacy_Id__c'])
    .sort({ Legacy_Id__c: -1 })
    .limit(5)
).map((each) => each.Legacy_Id__c);
seen.counted = await Case.count({ Partner_Ref__c: 'many' });
seen.malformed = await connection.query('SELECT FROM').catch((error) => error.errorCode);

// Bulk API 2.0
connection.bulk2.pollInterval = 20;
connection.bulk2.pollTimeout = 20000;
const rows = Array.from({ length: 500 }, (_, number) => ({
  Legacy_Id__c: `B-${number}`,
  Subject: `"Bulk", row ${number}`,
  SuppliedEmail: number % 100 === 0 ? 'no mail' : `user${number}@example.com`,
}));
const loaded = await connection.bulk2.loadAndWaitForResults({ object: 'Case', operation: 'insert', input: rows });
seen.loaded = [
  loaded.successfulResults.length,
  loaded.failedResults.length,
  loaded.unprocessedRecords.length,
  loaded.failedResults[0].sf__Error.split(':')[0],
];
const job = connection.bulk2.createJob({ operation: 'upsert', object: 'Case', externalIdFieldName: 'Legacy_Id__c' });
await job.open();
await job.uploadData('Legacy_Id__c,Origin\nB-1,Web\nB-new,Web\n');
await job.close();
await job.poll(20, 20000);
const info = await job.check();
seen.job = [info.state, info.numberRecordsProcessed, info.numberRecordsFailed];
seen.jobCreated = (await job.getSuccessfulResults()).map((each) => each.sf__Created).sort();
await job.delete();
seen.total = (await connection.query('SELECT COUNT() FROM Case')).totalSize;
seen.limits = connection.limitInfo.apiUsage.limit;

console.log(JSON.stringify(seen));
