-- Puts users on a node, idle no longer, which counts as its beat, and answers with those that were not online before.
-- KEYS[2]: the node's set. ARGV[4]: the node. ARGV[5]: '1' if its process has never written to the set, so that
-- nothing can be missing from it. ARGV[6…]: users.
local set, node, users = KEYS[2], ARGV[4], rest(6)
arrive(ARGV[5] == '1')
local came = {}
for i, state in ipairs(states(users)) do
  if state ~= ONLINE then
    came[#came + 1] = users[i]
  end
end
if ARGV[5] == '1' then
  redis.call('SADD', set, MARK)
end
if #users > 0 then
  redis.call('SADD', set, unpack(users))
  redis.call('SREM', set, unpack(idle(users)))
end
redis.call('PEXPIRE', set, EXPIRY)
redis.call('ZADD', NODES, now(), node)
return came
