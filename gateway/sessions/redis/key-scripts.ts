// Keys of a shared state in one slot: which vault key seals (a text that is sealed with it), and the state's stable keys.

/** KEYS check, keys; ARGV check where there is none (or nothing), then names and sealed keys where there are none. Gives both as they are then. */
const keys = `
if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'NX') end
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2])}
`

/** KEYS check; ARGV text as it was, text as it shall be. Of several that change it at once one does. */
const lead = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`

/** KEYS hash; ARGV field, value as it was, value as it shall be. */
const swap = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`

export const keyScripts = {
  portcullisKeys: { lua: keys, numberOfKeys: 2 },
  portcullisLead: { lua: lead, numberOfKeys: 1 },
  portcullisSwap: { lua: swap, numberOfKeys: 1 },
} as const
