-- Puts users on a node, which counts as its beat, and answers with those that were on no live node before.
-- KEYS[2]: the node's set. ARGV[4]: the node. ARGV[5]: '1' if its process has never written to the set, so that
-- nothing can be missing from it. ARGV[6…]: users.
local set, node, users = KEYS[2], ARGV[4], rest(6)
arrive(ARGV[5] == '1')
local came = offline(users)
if ARGV[5] == '1' then
  redis.call('SADD', set, MARK)
end
if #users > 0 then
  redis.call('SADD', set, unpack(users))
end
redis.call('PEXPIRE', set, EXPIRY)
redis.call('ZADD', NODES, now(), node)
return came
