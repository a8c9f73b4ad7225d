// What Redis does in one step, in its own Lua: each script is one round trip and atomic, and reads the time from the server, so that the
// clocks of the gateways do not matter. Two hash tags keep what a script touches in one slot of a cluster: `{<tenant>/<key>}` for sessions,
// and `{budgets}` for all sums, because one call may draw on budgets of its key, its tenant and of everybody, all or none.
//
// Money is counted in integers of 1e-9 USD. An empty first argument means the server's clock; tests give one of their own.
import { clock } from './clock-script.ts'
import { keyScripts } from './key-scripts.ts'
import { labelScripts } from './label-scripts.ts'
import { news, noteScripts } from './note-scripts.ts'

/** Windows in UTC, as budget-window.ts has them. Days to dates: the usual algorithm of shifted years that begin in March. */
const windows = `
local function civil(days)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local m = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (m <= 2 and 1 or 0), m, doy - math.floor((153 * mp + 2) / 5) + 1
end
local lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
local function window(kind, now)
  if kind == 'total' then return 'total', 0 end
  local days = math.floor(now / 86400000)
  local y, m, d = civil(days)
  if kind == 'hour' then
    local hours = math.floor(now / 3600000)
    return string.format('%04d-%02d-%02dT%02d', y, m, d, hours - days * 24), (hours + 1) * 3600000
  end
  if kind == 'day' then return string.format('%04d-%02d-%02d', y, m, d), (days + 1) * 86400000 end
  local length = lengths[m]
  if m == 2 and y % 4 == 0 and (y % 100 ~= 0 or y % 400 == 0) then length = 29 end
  return string.format('%04d-%02d', y, m), (days - d + 1 + length) * 86400000
end
`

/**
 * A sum is a hash: u nano-USD and t tokens spent, ru and rt held, w the highest step that was told. A lease says what one call holds; after its
 * time it counts as spent in full, because whoever took it has died and the call may have been paid for. Limits are checked against both, so
 * nothing becomes free by that.
 */
const sums = `
local function int(value) return string.format('%.0f', value) end
local function sumOf(key)
  local got = redis.call('HMGET', key, 'u', 't', 'ru', 'rt', 'w')
  return {tonumber(got[1] or 0), tonumber(got[2] or 0), tonumber(got[3] or 0), tonumber(got[4] or 0), tonumber(got[5] or 0)}
end
local function add(key, field, amount)
  if amount ~= 0 then redis.call('HINCRBY', key, field, int(amount)) end
end
local function unhold(key, usd, tokens)
  if redis.call('EXISTS', key) == 1 then add(key, 'ru', -usd) add(key, 'rt', -tokens) end
end
local function keep(key, endsAt, idle, grace, now)
  if endsAt > 0 then redis.call('PEXPIRE', key, int(math.max(endsAt - now, 0) + grace))
  elseif idle > 0 then redis.call('PEXPIRE', key, int(idle)) end
end
local function percent(spent, limit)
  if limit < 0 then return 0 end
  if limit == 0 then return 100 end
  return spent / limit * 100
end
local function warn(key, budget, percents, from)
  local told = tonumber(redis.call('HGET', key, 'w') or 0)
  local steps = {}
  for _, step in ipairs(budget.steps) do
    if step <= percents and step > told and step >= from then steps[#steps + 1] = step end
  end
  if #steps > 0 then redis.call('HSET', key, 'w', steps[#steps]) end
  return steps
end
local function sweep(leases, base, now)
  local due = redis.call('ZRANGEBYSCORE', leases, '-inf', int(now), 'LIMIT', 0, 16)
  for _, id in ipairs(due) do
    local held = redis.call('GET', base .. 'l:' .. id)
    redis.call('ZREM', leases, id)
    if held and held ~= 'done' then
      local lease = cjson.decode(held)
      for _, key in ipairs(lease.keys) do
        unhold(key, lease.usd, lease.tokens)
        add(key, 'u', lease.usd)
        add(key, 't', lease.tokens)
      end
      lease.charged = true
      redis.call('SET', base .. 'l:' .. id, cjson.encode(lease), 'KEEPTTL')
    end
  end
  return #due
end
`

/** Token buckets: q requests and k tokens that are left, a when it was last filled. */
const buckets = `
local function bucketOf(base, rate, now)
  local key = base .. 'r:' .. rate.account
  local got = redis.call('HMGET', key, 'q', 'k', 'a')
  local passed = math.max(0, now - tonumber(got[3] or now)) / 60000
  local q = math.min(rate.requests, tonumber(got[1] or rate.requests) + passed * rate.requests)
  local k = math.min(rate.tokens, tonumber(got[2] or rate.tokens) + passed * rate.tokens)
  return key, q, k
end
local function fill(key, q, k, now)
  redis.call('HSET', key, 'q', string.format('%.6f', q), 'k', string.format('%.6f', k), 'a', int(now))
  redis.call('PEXPIRE', key, 3600000)
end
local function lacking(rate, q, k, tokens)
  if rate.take > 0 and rate.requests > 0 and q < rate.take then return 'requests', (rate.take - q) * 60000 / rate.requests end
  local needed = math.min(tokens, rate.tokens)
  if rate.tokens > 0 and tokens > 0 and k < needed then return 'tokens', (needed - k) * 60000 / rate.tokens end
  return nil, 0
end
local function take(base, rates, tokens, now)
  for i, rate in ipairs(rates) do
    local _, q, k = bucketOf(base, rate, now)
    local what, wait = lacking(rate, q, k, tokens)
    if what then return {'rate', i - 1, what, int(math.ceil(wait))} end
  end
  local levels = {}
  for _, rate in ipairs(rates) do
    local key, q, k = bucketOf(base, rate, now)
    fill(key, q - rate.take, k - tokens, now)
    levels[#levels + 1] = int(math.floor(q - rate.take))
    levels[#levels + 1] = int(math.floor(k - tokens))
  end
  return nil, levels
end
`

/** KEYS leases; ARGV now, base, budgets and rates as JSON. Gives the sums, after counting one request where rates say so. */
const look = `${clock}${windows}${sums}${buckets}
local now = clock(ARGV[1])
local base = ARGV[2]
local asked = cjson.decode(ARGV[3])
local refused = take(base, asked.rates, 0, now)
if refused then return refused end
local out = {'ok', int(now)}
for _, budget in ipairs(asked.budgets) do
  local name, endsAt = window(budget.window, now)
  local sum = sumOf(base .. 'a:' .. name .. ':' .. budget.account)
  for i = 1, 4 do out[#out + 1] = int(sum[i]) end
  out[#out + 1] = int(endsAt)
end
return out
`

/** KEYS leases; ARGV now, base, lease, lease ms, grace ms, nano-USD, tokens, estimated tokens, budgets and rates as JSON. All or none. */
const reserve = `${clock}${windows}${sums}${buckets}
local leases, base, id = KEYS[1], ARGV[2], ARGV[3]
local now, leaseMs, grace = clock(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5])
local usd, tokens, estimated = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local asked = cjson.decode(ARGV[9])
local expired = sweep(leases, base, now)
if redis.call('EXISTS', base .. 'l:' .. id) == 1 then return {'gone'} end
local lease = {keys = {}, usd = usd, tokens = tokens}
local ends = {}
for i, budget in ipairs(asked.budgets) do
  local name, endsAt = window(budget.window, now)
  local key = base .. 'a:' .. name .. ':' .. budget.account
  local sum = sumOf(key)
  local unit = nil
  if budget.usd >= 0 and sum[1] + sum[3] + usd > budget.usd then unit = 'usd'
  elseif budget.tokens >= 0 and sum[2] + sum[4] + tokens > budget.tokens then unit = 'tokens' end
  if unit then
    local steps = warn(key, budget, 100, 100)
    keep(key, endsAt, budget.idle, grace, now)
    return {'budget', i - 1, unit, int(sum[1] + sum[3]), int(sum[2] + sum[4]), int(endsAt), int(now), steps}
  end
  lease.keys[i], ends[i] = key, endsAt
end
local refused, levels = take(base, asked.rates, estimated, now)
if refused then return refused end
if #lease.keys == 0 then return {'ok', expired, levels} end
for i, key in ipairs(lease.keys) do
  add(key, 'ru', usd)
  add(key, 'rt', tokens)
  keep(key, ends[i], asked.budgets[i].idle, grace, now)
end
redis.call('SET', base .. 'l:' .. id, cjson.encode(lease), 'PX', leaseMs + grace)
redis.call('ZADD', leases, int(now + leaseMs), id)
return {'ok', expired, levels}
`

/**
 * KEYS leases; ARGV now, base, lease, grace ms, nano-USD, tokens, tokens that the rates were charged too many, budgets and rates as JSON. What was
 * settled once changes nothing again. A lease that Redis has lost is charged to the windows of now. Negative: release, nothing is spent.
 */
const settle = `${clock}${windows}${sums}${buckets}
local leases, base, id = KEYS[1], ARGV[2], ARGV[3]
local now, grace = clock(ARGV[1]), tonumber(ARGV[4])
local usd, tokens = math.max(0, tonumber(ARGV[5])), math.max(0, tonumber(ARGV[6]))
local asked = cjson.decode(ARGV[8])
local held = redis.call('GET', base .. 'l:' .. id)
if held == 'done' then return {'again'} end
redis.call('SET', base .. 'l:' .. id, 'done', 'PX', 600000)
redis.call('ZREM', leases, id)
local lease = held and cjson.decode(held) or {keys = {}, usd = 0, tokens = 0}
local out = {'ok'}
for i, budget in ipairs(asked.budgets) do
  local name, endsAt = window(budget.window, now)
  local key = lease.keys[i] or base .. 'a:' .. name .. ':' .. budget.account
  if lease.charged then
    if redis.call('EXISTS', key) == 1 then add(key, 'u', usd - lease.usd) add(key, 't', tokens - lease.tokens) end
  else
    unhold(key, lease.usd, lease.tokens)
    if usd > 0 or tokens > 0 then add(key, 'u', usd) add(key, 't', tokens) end
  end
  if redis.call('EXISTS', key) == 1 then keep(key, endsAt, budget.idle, grace, now) end
  local sum = sumOf(key)
  local steps = {}
  if usd > 0 or tokens > 0 then steps = warn(key, budget, math.max(percent(sum[1], budget.usd), percent(sum[2], budget.tokens)), 0) end
  out[#out + 1] = {int(sum[1]), int(sum[2]), int(sum[3]), int(sum[4]), int(endsAt), steps}
end
for _, rate in ipairs(asked.rates) do
  local key, q, k = bucketOf(base, rate, now)
  fill(key, q, math.min(rate.tokens, k + tonumber(ARGV[7])), now)
end
return out
`

/**
 * A session is a hash: s when it began, u when it was last used, g how often its vault was forgotten, c calls, m nano-USD, n the rank of its
 * sensitivity, l:<label>. A vault is a list of sealed pairs that is only ever appended to. Its length is what a process knows of it.
 */
const session = `
local function open(key, vault, now, ttl)
  local got = redis.call('HMGET', key, 's', 'u')
  if got[1] and now - tonumber(got[2] or 0) > ttl then
    redis.call('DEL', key, vault)
    got[1] = false
  end
  if not got[1] then redis.call('HSET', key, 's', string.format('%.0f', now)) end
  redis.call('HSET', key, 'u', string.format('%.0f', now))
  redis.call('PEXPIRE', key, ttl)
  redis.call('PEXPIRE', vault, ttl)
end
local function generation(key)
  local got = redis.call('HMGET', key, 's', 'g')
  return (got[1] or '') .. ':' .. (got[2] or '0')
end
local function label(key, rank, labels)
  if rank > tonumber(redis.call('HGET', key, 'n') or 0) then redis.call('HSET', key, 'n', rank) end
  for _, one in ipairs(labels) do redis.call('HSET', key, 'l:' .. one, '1') end
end
local function agentOf(key, now, ttl)
  local added = redis.call('HGET', key, 'a')
  if added and now - tonumber(added) > ttl then redis.call('DEL', key) end
end
`

/**
 * KEYS session, vault, agent, notes; ARGV now, ttl, label ttl, generation and length that are known, life and number of notes that are.
 * Gives both hashes, the rest of the vault, and what is new among the notes.
 */
const load = `${clock}${session}${news}
local now = clock(ARGV[1])
open(KEYS[1], KEYS[2], now, tonumber(ARGV[2]))
agentOf(KEYS[3], now, tonumber(ARGV[3]))
local from = generation(KEYS[1]) == ARGV[4] and tonumber(ARGV[5]) or 0
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[3]), redis.call('LRANGE', KEYS[2], from, -1), news(KEYS[4], ARGV[6], ARGV[7])}
`

/** KEYS session, vault, agent; ARGV now, ttl, label ttl, calls, nano-USD, rank of sensitivity or -1, labels as JSON. */
const commit = `${clock}${session}
local now = clock(ARGV[1])
open(KEYS[1], KEYS[2], now, tonumber(ARGV[2]))
if ARGV[4] ~= '0' then redis.call('HINCRBY', KEYS[1], 'c', ARGV[4]) end
if ARGV[5] ~= '0' then redis.call('HINCRBY', KEYS[1], 'm', ARGV[5]) end
local rank = tonumber(ARGV[6])
if rank >= 0 then
  local labels = cjson.decode(ARGV[7])
  agentOf(KEYS[3], now, tonumber(ARGV[3]))
  label(KEYS[1], rank, labels)
  label(KEYS[3], rank, labels)
  redis.call('HSET', KEYS[3], 'a', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return 1
`

/** KEYS session, vault; ARGV generation and length that are known, then new rows: taken only by the vault that the caller knows all of. */
const append = `${session}
if generation(KEYS[1]) ~= ARGV[1] then return {'gone'} end
local known = tonumber(ARGV[2])
if redis.call('LLEN', KEYS[2]) ~= known then return {'more', redis.call('LRANGE', KEYS[2], known, -1)} end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
local ttl = redis.call('PTTL', KEYS[1])
if ttl > 0 then redis.call('PEXPIRE', KEYS[2], ttl) end
return {'ok'}
`

/** KEYS session, vault. Whoever knew the vault finds that it is another one. */
const forget = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBY', KEYS[1], 'g', 1) end
return redis.call('DEL', KEYS[2])
`

/** KEYS vault; ARGV index, row as it was, row as it shall be. */
const reseal = `
if redis.call('LINDEX', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('LSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`

export const scripts = {
  portcullisLook: { lua: look, numberOfKeys: 1 },
  portcullisReserve: { lua: reserve, numberOfKeys: 1 },
  portcullisSettle: { lua: settle, numberOfKeys: 1 },
  portcullisLoad: { lua: load, numberOfKeys: 4 },
  portcullisCommit: { lua: commit, numberOfKeys: 3 },
  portcullisAppend: { lua: append, numberOfKeys: 2 },
  portcullisForget: { lua: forget, numberOfKeys: 2 },
  portcullisReseal: { lua: reseal, numberOfKeys: 1 },
  ...labelScripts,
  ...keyScripts,
  ...noteScripts(clock),
} as const

export type ScriptName = keyof typeof scripts
