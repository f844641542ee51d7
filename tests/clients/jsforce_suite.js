// npm's jsforce against the sandbox org: what a real client expects of Salesforce, the sandbox must give.
//   node jsforce_suite.js READY-FILE
'use strict';

const assert = require('assert');
const fs = require('fs');
const jsforce = require(process.env.JSFORCE || 'jsforce');

const ready = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const org = ready.orgs[0];

async function connect() {
  const oauth2 = new jsforce.OAuth2({ loginUrl: org.login_url, clientId: org.client_id, clientSecret: org.client_secret });
  const answer = await oauth2.refreshToken(org.refresh_token);
  // An instance url has no path at Salesforce, and this client drops one: the token tells the org.
  assert.ok(answer.instance_url.startsWith(ready.base_url));
  return new jsforce.Connection({ oauth2, instanceUrl: ready.base_url, accessToken: answer.access_token, version: '62.0' });
}

const tests = {
  async 'logs in by refresh token, by password and by SOAP'() {
    const conn = await connect();
    assert.match(conn.accessToken, /^00D/);
    const oauth2 = { loginUrl: org.login_url, clientId: org.client_id, clientSecret: org.client_secret };
    const byPassword = new jsforce.Connection({ oauth2, version: '62.0' });
    await byPassword.login(`user@${org.name}.sandbox`, 'sandbox-password');
    assert.ok(byPassword.accessToken);
    const bySoap = new jsforce.Connection({ loginUrl: org.login_url, version: '62.0' });
    await bySoap.login(`user@${org.name}.sandbox`, 'sandbox-password');
    assert.ok(bySoap.accessToken);
    const wrong = new jsforce.Connection({ oauth2, version: '62.0' });
    await assert.rejects(wrong.login(`user@${org.name}.sandbox`, 'wrong'), /authentication failure/);
  },
  async 'describes the org and an object'() {
    const conn = await connect();
    const global = await conn.describeGlobal();
    assert.ok(global.sobjects.length > 100);
    const account = await conn.describe('Account');
    assert.ok(account.fields.some((f) => f.name === 'AnnualRevenue' && f.type === 'currency' && f.precision === 18));
    await assert.rejects(conn.describe('Nope__c'), (e) => e.errorCode === 'NOT_FOUND');
  },
  async 'queries, with pages'() {
    const conn = await connect();
    const first = await conn.query('SELECT Id, Name FROM Contact ORDER BY Id');
    assert.strictEqual(first.done, false);
    const records = [...first.records];
    let page = first;
    while (!page.done) {
      page = await conn.queryMore(page.nextRecordsUrl);
      records.push(...page.records);
    }
    assert.strictEqual(records.length, first.totalSize);
    assert.strictEqual(new Set(records.map((r) => r.Id)).size, first.totalSize);
    const fetched = await conn.query('SELECT Id FROM Contact', { autoFetch: true, maxFetch: 100000 });
    assert.strictEqual(fetched.records.length, first.totalSize);
    await assert.rejects(conn.query('SELECT Nope FROM Contact'), (e) => e.errorCode === 'INVALID_FIELD');
    await assert.rejects(conn.query('SELECT FROM'), (e) => e.errorCode === 'MALFORMED_QUERY');
    await assert.rejects(conn.query('SELECT Id FROM Nope__c'), (e) => e.errorCode === 'INVALID_TYPE');
  },
  async 'counts deleted records by queryAll only'() {
    const conn = await connect();
    const live = (await conn.query('SELECT COUNT() FROM Lead')).totalSize;
    const all = await conn.query('SELECT Id, IsDeleted FROM Lead', { scanAll: true, autoFetch: true, maxFetch: 100000 });
    assert.ok(all.totalSize > live);
    assert.ok(all.records.some((r) => r.IsDeleted === true));
  },
  async 'queries by Bulk 2.0'() {
    const conn = await connect();
    const expected = (await conn.query('SELECT COUNT() FROM Contact')).totalSize;
    conn.bulk2.pollInterval = 50;
    conn.bulk2.pollTimeout = 30000;
    const stream = await conn.bulk2.query('SELECT Id, Name, Description, CreatedDate FROM Contact');
    const records = await stream.toArray();
    assert.strictEqual(records.length, expected);
    assert.match(records[0].CreatedDate, /Z$/);
  },
  async 'creates, updates and deletes'() {
    const conn = await connect();
    const created = await conn.sobject('Account').create({ Name: 'Acme "Blue" GmbH\nKöln', NumberOfEmployees: 7 });
    assert.ok(created.success);
    const read = await conn.sobject('Account').retrieve(created.id);
    assert.strictEqual(read.Name, 'Acme "Blue" GmbH\nKöln');
    assert.strictEqual(read.NumberOfEmployees, 7);
    await conn.sobject('Account').update({ Id: created.id, Name: 'Acme' });
    const renamed = await conn.query(`SELECT Id, Name FROM Account WHERE Id = '${created.id}'`);
    assert.strictEqual(renamed.records[0].Name, 'Acme');
    await conn.sobject('Account').destroy(created.id);
    assert.strictEqual((await conn.query(`SELECT Id FROM Account WHERE Id = '${created.id}'`)).totalSize, 0);
    const gone = await conn.query(`SELECT Id, IsDeleted FROM Account WHERE Id = '${created.id}'`, { scanAll: true });
    assert.strictEqual(gone.records[0].IsDeleted, true);
  },
};

(async () => {
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok      ${name}`);
    } catch (e) {
      failed += 1;
      console.log(`FAILED  ${name}\n${e.stack}`);
    }
  }
  process.exit(failed === 0 ? 0 : 1);
})();
