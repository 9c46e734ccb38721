import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { settingsKey } from '#shared/notification/settings/settings.ts';
import { settingsDecider } from './decider.ts';
import type { SettingsBody } from './requests.ts';

/** Replaces the tenant's settings as a whole. Environments use the earlier ones for up to `SETTINGS_CACHED_MS`. */
export async function replaceSettings(call: Call<SettingsBody>, ports: CommandPorts): Promise<Reply> {
  const executed = await execute(
    call,
    {
      decider: settingsDecider,
      key: settingsKey(call.tenant),
      path: '/settings',
      command: { type: 'ReplaceSettings', data: call.json.valid },
    },
    ports,
  );
  return answer(executed, etagOf(executed.outcome.version));
}
