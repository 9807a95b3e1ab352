-- Gives the caller all nodes that have died, and those whose last reaper was not heard of again. A dead node's set is
-- put aside under the name of a grave, so that a node that comes back starts with nobody: others are being told that
-- its users have gone. Answers with the graves.
-- KEYS[2]: sorted set of graves, by the time when the reaper's lease ends. ARGV[4]: what a grave's name follows in the
-- key of its set. ARGV[5]: how many milliseconds a lease holds.
local graves, GRAVE, at = KEYS[2], ARGV[4], now()

for _, node in ipairs(redis.call('ZRANGEBYSCORE', NODES, '-inf', at - TTL)) do
  redis.call('ZREM', NODES, node)
  if redis.call('EXISTS', SET .. node) == 1 then
    local grave = node .. '@' .. string.format('%d', at)
    redis.call('RENAME', SET .. node, GRAVE .. grave)
    redis.call('ZADD', graves, 0, grave)
  end
end

local won = redis.call('ZRANGEBYSCORE', graves, '-inf', at)
for _, grave in ipairs(won) do
  redis.call('ZADD', graves, at + ARGV[5], grave)
  redis.call('PEXPIRE', GRAVE .. grave, EXPIRY)
end
return won
