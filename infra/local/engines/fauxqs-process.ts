import { fixLongPolls, fixMessageGroups, fixObjects, fixReceiving, fixReturning } from './fauxqs-fixes.ts';
import { buildApp, PersistenceManager, S3Stores, SnsStores, SqsQueues, SqsStores } from './fauxqs-parts.ts';

/**
 * The process in which fauxqs runs: `node fauxqs-process.ts <folder> <port>`. It sends its port to its parent.
 *
 * fauxqs's own start listens on every interface and returns queue URLs that do not resolve. So this file composes its
 * parts.
 */
const [folder = '', port = '0'] = process.argv.slice(2);

const persistence = new PersistenceManager(folder);
// A killed process loses no data with this setting, and a write takes a third of the time.
persistence.db.exec('PRAGMA synchronous = NORMAL');
fixReceiving(SqsQueues, persistence);
fixReturning(persistence);

const sqsStore = new SqsStores();
const snsStore = new SnsStores();
const s3Store = new S3Stores();
sqsStore.host = '';
persistence.load(sqsStore, snsStore, s3Store);
for (const store of [sqsStore, snsStore, s3Store, ...sqsStore.allQueues()]) store.persistence = persistence;

// Regions are read from the signatures of requests.
const app = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store } });
fixObjects(app);
fixLongPolls(app, sqsStore);
fixMessageGroups(app, SqsStores);
const address = await app.listen({ port: Number(port), host: '127.0.0.1' });
process.send?.({ port: Number(new URL(address).port) });

// Without its parent, it has no clients.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await app.close();
  persistence.close();
  process.exit();
});
