// How scripts read the time: the server's, so that the clocks of the gateways do not matter. An empty argument means it; tests give one of their own.

export const clock = `
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`
