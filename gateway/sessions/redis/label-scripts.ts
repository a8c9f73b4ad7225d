// Labels in Redis beside those of sessions: what outlasts them, a sorted set of one agent or subject with the time at which each ends; and what an
// operator takes off. Agents and subjects are in slots of their own, so each is asked by itself.
import { clock } from './clock-script.ts'

/** KEYS holder; ARGV now. Gives labels and their ends. */
const lasting = `${clock}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', clock(ARGV[1])), '+inf', 'WITHSCORES')
`

/** KEYS holder; ARGV now, then labels and their times in milliseconds. The later end holds. */
const putLasting = `${clock}
local now = clock(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
for i = 2, #ARGV, 2 do
  local ends = now + tonumber(ARGV[i + 1])
  local known = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if not known or tonumber(known) < ends then redis.call('ZADD', KEYS[1], string.format('%.0f', ends), ARGV[i]) end
end
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(1, tonumber(last[2]) - now)))
return 1
`

/** KEYS holder; ARGV labels. */
const removeLasting = `
redis.call('ZREM', KEYS[1], unpack(ARGV))
return 1
`

/** KEYS session, agent; ARGV now, ttl, label ttl. Touches nothing. */
const held = `${clock}
local now = clock(ARGV[1])
local used = redis.call('HGET', KEYS[1], 'u')
local added = redis.call('HGET', KEYS[2], 'a')
return {
  used and now - tonumber(used) <= tonumber(ARGV[2]) and redis.call('HGETALL', KEYS[1]) or {},
  added and now - tonumber(added) <= tonumber(ARGV[3]) and redis.call('HGETALL', KEYS[2]) or {},
}
`

/** KEYS session, agent; ARGV rank of the sensitivity that is left at the most or -1, then labels. */
const removeLabels = `
for _, key in ipairs(KEYS) do
  for i = 2, #ARGV do redis.call('HDEL', key, 'l:' .. ARGV[i]) end
  local rank = tonumber(ARGV[1])
  if rank >= 0 and tonumber(redis.call('HGET', key, 'n') or 0) > rank then redis.call('HSET', key, 'n', rank) end
end
return 1
`

export const labelScripts = {
  portcullisLasting: { lua: lasting, numberOfKeys: 1 },
  portcullisPutLasting: { lua: putLasting, numberOfKeys: 1 },
  portcullisRemoveLasting: { lua: removeLasting, numberOfKeys: 1 },
  portcullisHeld: { lua: held, numberOfKeys: 2 },
  portcullisRemoveLabels: { lua: removeLabels, numberOfKeys: 2 },
} as const
