import { redriveId } from '../ids.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { watchRedrive } from '../watch-redrive.ts';

/** Shows the progress of a redrive until its end. */
export const watch: Verb = (run) =>
  verbCommand('watch', 'Show the progress of a redrive until its end', 'watch k2c7m4q6v3xw5t2hsdti55cae4')
    .argument('<redriveId>', 'id of the redrive', redriveId)
    .action((id) => run.read((session) => watchRedrive(session, id)));
