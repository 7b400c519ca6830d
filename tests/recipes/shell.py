"""Plays scripts in sh."""

import subprocess
from pathlib import Path

from recipes.engine import Engine
from recipes.platforms import HOST, Platform, Played


def play(engine: Engine, folder: Path, text: str, platform: Platform) -> Played:
    """Run the script in a folder of the checkout. The inputs that it does not set itself come from the environment."""
    (checkout := folder / "checkout").mkdir(exist_ok=True)
    secret = platform.simulator.client_secret
    (folder / ".koregate-client-secret").write_text(secret)
    given = {
        "HOME": str(folder),
        "KOREGATE_HOST": platform.simulator.url,
        "KOREGATE_STREAM_ID": platform.simulator.stream_id,
        "KOREGATE_USER_EMAIL": platform.simulator.user_email,
        "KOREGATE_CLIENT_ID": platform.simulator.client_id,
        "KOREGATE_CLIENT_SECRET": secret,
    }
    done = subprocess.run(
        ["sh", "-eu", "-c", text.replace(HOST, platform.simulator.url).replace("/srv/kore-bot", str(checkout))],
        cwd=checkout,
        env={**engine.programs(folder / "bin"), **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Played(done.returncode, done.stdout, checkout)
