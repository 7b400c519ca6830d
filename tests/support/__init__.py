"""What several tests share: a clock that does not wait, and answers as the platform documents them."""
