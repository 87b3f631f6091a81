"""From text notebooks to a site: execute each chapter once, keep its record, build from records."""
