# Copyright 2024 NXP
#
# SPDX-License-Identifier: Apache-2.0
#