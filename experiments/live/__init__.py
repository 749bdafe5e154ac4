"""A city to watch: the model on a map, with measures to switch on and off while it lives. Needs `pip install 'tryggsim[live]'`."""
