import { mendGivingBack, mendLongPolls, mendMessageGroups, mendObjects, mendReceiving } from './fauxqs-mended.ts';
import { buildApp, PersistenceManager, S3Stores, SnsStores, SqsQueues, SqsStores } from './fauxqs-parts.ts';

/**
 * The process in which fauxqs runs: `node fauxqs-process.ts <folder> <port>`. It tells its parent the
 * port that it listens on.
 *
 * fauxqs's own start listens on every interface and hands out queue URLs that do not resolve, so its
 * parts are put together here.
 */
const [folder = '', port = '0'] = process.argv.slice(2);

const persistence = new PersistenceManager(folder);
// A killed process loses nothing with it, and a write costs a third.
persistence.db.exec('PRAGMA synchronous = NORMAL');
mendReceiving(SqsQueues, persistence);
mendGivingBack(persistence);

const sqsStore = new SqsStores();
const snsStore = new SnsStores();
const s3Store = new S3Stores();
sqsStore.host = '';
persistence.load(sqsStore, snsStore, s3Store);
for (const store of [sqsStore, snsStore, s3Store, ...sqsStore.allQueues()]) store.persistence = persistence;

// Regions are read from the signatures of requests.
const app = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store } });
mendObjects(app);
mendLongPolls(app, sqsStore);
mendMessageGroups(app, SqsStores);
const address = await app.listen({ port: Number(port), host: '127.0.0.1' });
process.send?.({ port: Number(new URL(address).port) });

// Without its parent it has nobody to serve.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await app.close();
  persistence.close();
  process.exit();
});
