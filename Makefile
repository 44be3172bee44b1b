# Every target is one call of `python3 -m launcher.bootstrap TARGET …`; nothing needs make.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -m launcher.bootstrap
yes = $(filter-out 0 no false,$(1))

.DEFAULT_GOAL := help
.PHONY: run test soak test-unit check bench db-init import undo-import reset backup restore mqtt worker train evaluate up up-gpu down help

run: ## install, start everything, import the sample, ask a question, serve (PORT= HOST= ONCE=1)
	@$(BOOTSTRAP) run $(if $(call yes,$(ONCE)),--once)
test: ## the whole suite on a real PostgreSQL and Redis (ARGS="-k name", JOBS=0 for one process)
	@$(BOOTSTRAP) test $(if $(JOBS),-n $(JOBS)) $(ARGS)
soak: ## long faults, attacks, and ten minutes of random faults on each database (SECONDS=600 SEED=)
	@$(BOOTSTRAP) soak --storm-seconds=$(or $(SECONDS),600) $(if $(SEED),--storm-seed=$(SEED))
test-unit: ## the fast tests alone (ARGS= JOBS=)
	@$(BOOTSTRAP) test-unit $(if $(JOBS),-n $(JOBS)) $(ARGS)
check: ## format, lint, types, import contracts
	@$(BOOTSTRAP) check
bench: ## all benchmarks, ratios printed
	@$(BOOTSTRAP) bench $(ARGS)
db-init: ## migrate the database to head, all its sites; SITE=roof also makes a site (docs/access.md)
	@$(BOOTSTRAP) db-init $(if $(SITE),--site $(SITE))
import: ## import a CSV: FILE=readings.csv (ARGS="--help" lists the options)
	@$(BOOTSTRAP) import $(if $(FILE),"$(FILE)") $(ARGS)
undo-import: ## list the imports; NUMBER=3 takes out what one stored: YES=1 (without it asks)
	@$(BOOTSTRAP) undo-import $(NUMBER) $(if $(call yes,$(YES)),--yes)
reset: ## delete all records: YES=1 (without it asks; in production also FORCE=1)
	@$(BOOTSTRAP) reset $(if $(call yes,$(YES)),--yes) $(if $(call yes,$(FORCE)),--force)
backup: ## the database into backups/, verified in a fresh place (ARGS="--keep 14 --deep")
	@$(BOOTSTRAP) backup $(ARGS)
restore: ## a backup into DATABASE_URL: FILE= (the newest), REPLACE=1 sets the present database aside
	@$(BOOTSTRAP) restore $(if $(FILE),"$(FILE)") $(if $(call yes,$(REPLACE)),--replace)
mqtt: ## readings from the MQTT broker at MQTT_URL to the gateway (docs/live.md)
	@$(BOOTSTRAP) mqtt
worker: ## one inference worker for REDIS_URL on DEVICE
	@$(BOOTSTRAP) worker
train: ## train the bundled model anew
	@$(BOOTSTRAP) train $(ARGS)
evaluate: ## how exactly the bundled model reads the voices that never train: ARGS="--voice NAME --failures"
	@$(BOOTSTRAP) evaluate $(ARGS)
up: ## docker compose on the CPU
	@$(BOOTSTRAP) up
up-gpu: ## docker compose with a GPU worker (GPU_ID=0)
	@$(BOOTSTRAP) up-gpu
down: ## stop docker compose, keep the data
	@$(BOOTSTRAP) down
help: ## this list
	@$(PYTHON) -m launcher.bootstrap help
