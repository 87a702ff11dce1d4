import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import { followTeamDot } from "../../whatsapp_server/web/js/team_dot.js";

function setUp(context) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const world = { told: 0, value: signal(null), looking: signal(false) };
  const counts = {
    value: world.value,
    seeTeam: async () => {
      world.told += 1;
      world.value.value = { team: false };
    },
  };
  world.stop = followTeamDot({ counts, looking: world.looking, report: assert.ifError });
  return world;
}

test("the dot goes out when somebody looks, not before, and only if it was on", (context) => {
  const world = setUp(context);
  world.value.value = { team: true };
  assert.equal(world.told, 0);
  world.looking.value = true;
  assert.equal(world.told, 1);
  world.looking.value = false;
  world.looking.value = true;
  assert.equal(world.told, 1);
});

test("news that come while somebody looks are told now and then, and when they turn away", (context) => {
  const world = setUp(context);
  world.looking.value = true;
  for (let message = 0; message < 5; message += 1) world.value.value = { team: true };
  assert.equal(world.told, 1);
  world.value.value = { team: true };
  mock.timers.tick(9_999);
  assert.equal(world.told, 1);
  mock.timers.tick(1);
  assert.equal(world.told, 2);
  world.value.value = { team: true };
  world.looking.value = false;
  assert.equal(world.told, 3);
  world.value.value = { team: true };
  mock.timers.tick(60_000);
  assert.equal(world.told, 3, "nobody looks");
});

test("nothing is told after signing out", (context) => {
  const world = setUp(context);
  world.looking.value = true;
  world.value.value = { team: true };
  world.value.value = { team: true };
  world.stop();
  mock.timers.tick(60_000);
  assert.equal(world.told, 1);
});
